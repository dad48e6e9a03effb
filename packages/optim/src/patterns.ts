export { pathMatches as matches } from "@tapegrad/core/functions";
