import { testReadme } from "../../nn/test/readme-examples.ts";

testReadme(new URL("./", import.meta.url));
