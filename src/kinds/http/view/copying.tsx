/**
 * The request as a command, to be looked at and copied.
 */
import { Clipboard, Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import {
  LANGUAGES,
  TOKEN,
  localPort,
  snippet,
  variables,
  type HttpPreview,
  type IOutgoing,
  type Language
} from '../../../model/preview';
import { BoundedWidget, Button, type IViewContext } from '../../../view';
import { stretches } from '../../../view/markdown';

/** A request that is told as a command. */
interface ISnippet {
  readonly http: HttpPreview;
  readonly url: string;
  readonly request: IOutgoing;
  /** The names of variables in it whose values are not told. */
  readonly missing: readonly string[];
}

/** Show a request in the languages in which it can be sent, the one of the last time first. */
export async function showSnippet(view: IViewContext, shown: ISnippet): Promise<void> {
  const { trans } = view;
  const body = BoundedWidget.of(view, <Snippet view={view} {...shown} />);
  body.addClass('nl-Snippet');
  await showDialog<void>({
    title: trans.__('Copy request as'),
    body,
    buttons: [Dialog.cancelButton({ label: trans.__('Close') })],
    hasClose: true
  });
}

/** Have a command pasted; empty where nobody did. */
export async function askForCommand({ trans }: IViewContext): Promise<string> {
  const body = new Pasted(trans.__('curl command'));
  const { button, value } = await showDialog<string>({
    title: trans.__('Paste a curl command'),
    body,
    focusNodeSelector: 'textarea',
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Fill in') })]
  });
  return button.accept ? (value ?? '') : '';
}

class Pasted extends Widget implements Dialog.IBodyWidget<string> {
  constructor(label: string) {
    super({ node: document.createElement('div') });
    this.addClass('nl-Pasted');
    this._text.setAttribute('aria-label', label);
    this._text.rows = 8;
    this._text.spellcheck = false;
    this.node.append(this._text);
  }

  getValue(): string {
    return this._text.value;
  }

  private readonly _text = document.createElement('textarea');
}

function Snippet(props: ISnippet & { readonly view: IViewContext }): JSX.Element {
  const { view, http, url, request, missing } = props;
  const { trans } = view;
  const group = React.useId();
  const [language, setLanguage] = React.useState(http.language);
  const [isCopied, setCopied] = React.useState(false);
  const text = snippet(language, url, request);
  const choose = (chosen: Language): void => {
    http.language = chosen;
    setLanguage(chosen);
    setCopied(false);
  };
  const copy = (): void => {
    Clipboard.copyToSystem(text);
    setCopied(true);
    view.say(trans.__('Copied'));
  };
  return (
    <>
      <fieldset className="nl-Snippet-languages">
        <legend className="nl-visuallyHidden">{trans.__('Language')}</legend>
        {LANGUAGES.map(each => (
          <label key={each}>
            <input
              type="radio"
              name={group}
              checked={each === language}
              onChange={() => choose(each)}
            />
            {languageText(each, trans)}
          </label>
        ))}
      </fieldset>
      <pre className="nl-Snippet-text" tabIndex={0} aria-label={trans.__('Command')}>
        {text}
      </pre>
      <div className="nl-Snippet-foot">
        <div>
          <Line text={tokenText(url, trans)} />
          {variables(request).map(each => (
            <Line
              key={each}
              text={trans.__('Set `%1` before: the value is a secret and not told.', each)}
            />
          ))}
          {missing.map(each => (
            <Line key={each} text={trans.__('Write the value of `%1` there.', `{{${each}}}`)} />
          ))}
        </div>
        <Button look="primary" onClick={copy}>
          {isCopied ? trans.__('Copied') : trans.__('Copy')}
        </Button>
      </div>
    </>
  );
}

/** A sentence with code in it. */
function Line({ text }: { readonly text: string }): JSX.Element {
  return (
    <p>
      {stretches(text).map(({ tag, text: part }, index) =>
        React.createElement(tag || React.Fragment, { key: index }, part)
      )}
    </p>
  );
}

/** Where the command takes Jupyter's token from. */
function tokenText(url: string, trans: TranslationBundle): string {
  return localPort(url)
    ? trans.__(
        'The token is that of `%1` or, without it, what `jupyter server list` tells on the machine of this server.',
        TOKEN
      )
    : trans.__('Set `%1` to a token of this Jupyter server before.', TOKEN);
}

/** The name of a language. */
function languageText(language: Language, trans: TranslationBundle): string {
  switch (language) {
    case 'bash':
      return trans.__('curl (bash)');
    case 'powershell':
      return trans.__('curl (PowerShell)');
    case 'python':
      return trans.__('Python (requests)');
    case 'javascript':
      return trans.__('JavaScript (fetch)');
  }
}
