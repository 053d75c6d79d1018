import js from "@eslint/js";
import globals from "globals";

const PURE = [
  "logic",
  "start",
  "admit",
  "whatif",
  "gauge",
  "closures",
  "views",
  "live",
  "affected",
  "yaml",
  "zh",
  "en",
  "words",
];

export default [
  { ignores: ["**/vendor/**"] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2022, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "max-lines": ["error", 500],
      "max-lines-per-function": ["error", { max: 80, skipComments: true }],
    },
  },
  // What node runs in tests knows no page: a pure module that asks for one is an error.
  {
    files: PURE.map((name) => `layout_planner/show/web/${name}.js`),
    languageOptions: { globals: { atob: "readonly", btoa: "readonly" } },
  },
  {
    files: ["layout_planner/show/web/*.js"],
    ignores: PURE.map((name) => `layout_planner/show/web/${name}.js`),
    languageOptions: { globals: { ...globals.browser, L: "readonly" } },
  },
  { files: ["tests/**/*.mjs", "**/web/tests/*.js"], languageOptions: { globals: globals.node } },
];
