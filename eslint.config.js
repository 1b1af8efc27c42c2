import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/**", ".handover/**", "dist/**"] },
  ...tseslint.configs.recommended,
  {
    files: ["index.ts", "components/**/*.ts"],
    plugins: { "@pulumi": pulumi },
    languageOptions: { parserOptions: { projectService: true } },
    rules: { "@pulumi/no-output-in-template-literal": "error" },
  },
);
