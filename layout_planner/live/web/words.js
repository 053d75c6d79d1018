// The page's own words, by language.

import { zh } from "./zh.js";
import { en } from "./en.js";

export { zh, en };
