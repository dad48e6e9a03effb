import { testReadme } from "./readme-examples.ts";

testReadme(new URL("./", import.meta.url));
