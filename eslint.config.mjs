import jupyter from '@jupyter/eslint-plugin';
import typescript from '@typescript-eslint/eslint-plugin';
import parser from '@typescript-eslint/parser';
import prettier from 'eslint-config-prettier';
import regexp from 'eslint-plugin-regexp';

export default [
  { ignores: ['lib/**', 'neutrino_lab/**', '**/node_modules/**'] },
  ...typescript.configs['flat/recommended'],
  { plugins: { jupyter } },
  ...jupyter.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    languageOptions: {
      parser,
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname }
    },
    plugins: { regexp },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'interface', format: ['PascalCase'] }
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-redeclare': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true }
      ],
      'jupyter/command-described-by': 'error',
      'jupyter/command-id-convention': 'error',
      'jupyter/no-dynamic-translation': 'error',
      'jupyter/no-untranslated-string': 'error',
      'jupyter/plugin-description': 'error',
      'jupyter/plugin-id-convention': 'error',
      // Everything is small and needed as soon as a notebook is open.
      'jupyter/prefer-lazy-imports': 'off',
      'jupyter/prefer-signal-this-arg': 'error',
      'jupyter/require-disposable-ownership': 'error',
      'jupyter/require-disposable-transfer': 'error',
      'jupyter/require-signal-cleanup': 'error',
      'no-console': 'error',
      // Notebooks and servers write what is matched here.
      'regexp/no-super-linear-backtracking': 'error',
      'regexp/no-super-linear-move': ['error', { ignoreSticky: false }],
      curly: 'error',
      eqeqeq: 'error'
    }
  },
  {
    // A view may stand beside a notebook that is not in front: `invoke` and `menuItem` make it name
    // its own.
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/plugins/**', 'src/commands/register.ts', 'src/commandids.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression[callee.property.name="execute"] > MemberExpression[object.name="CommandIDs"]',
          message: 'Call it by `invoke`, with the notebook that is meant.'
        },
        {
          selector:
            'CallExpression[callee.property.name="addItem"] Property[key.name="command"] > MemberExpression[object.name="CommandIDs"]',
          message: 'Make it by `menuItem`, with the notebook that is meant.'
        }
      ]
    }
  },
  {
    files: ['src/**/__tests__/**'],
    rules: {
      '@typescript-eslint/explicit-function-return-type': 'off',
      'jupyter/no-untranslated-string': 'off'
    }
  },
  {
    files: ['ui-tests/tests/**/*.ts'],
    languageOptions: { parser },
    rules: { 'no-console': 'error' }
  },
  prettier
];
