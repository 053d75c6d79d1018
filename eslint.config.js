import js from "@eslint/js";
import globals from "globals";

// The what-if of the page, the words, and the files it writes: node runs them, and they know no page.
const PURE = ["layout_planner/live/web/*.js"];

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
      // The bundler leaves out lines that are comments; it does not know whether they stand in a template.
      "no-restricted-syntax": [
        "error",
        { selector: "TemplateElement[value.raw=/\\n *\\/\\//]", message: "no line of a template may begin with //" },
      ],
      "max-lines": ["error", 500],
      "max-lines-per-function": ["error", { max: 80, skipComments: true }],
    },
  },
  // What node runs in tests knows no page: a pure module that asks for one is an error.
  {
    files: PURE,
    languageOptions: { globals: { atob: "readonly", btoa: "readonly", TextEncoder: "readonly" } },
  },
  {
    files: ["layout_planner/*/web/*.js"],
    ignores: PURE,
    languageOptions: { globals: { ...globals.browser, L: "readonly" } },
  },
  { files: ["tests/**/*.mjs", "**/web/tests/*.js"], languageOptions: { globals: globals.node } },
];
