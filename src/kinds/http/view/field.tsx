/**
 * One value in a form, and the parts of one that has parts.
 */
import * as React from 'react';
import {
  asSchema,
  asTree,
  choices,
  fieldErrorText,
  editorOf,
  parse,
  placeholder,
  toText,
  properties,
  put,
  required,
  resolve,
  isNamed,
  isSecret,
  within,
  type IFieldError,
  type Schema,
  type SecretNames
} from '../../../model/preview';
import { Button, type IViewContext } from '../../../view';
import { FileInput } from './files';

/** What an editor of a value is given. */
export interface IFieldProps {
  readonly view: IViewContext;
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly schema: Schema;
  readonly definitions: Schema;
  /** What stands in the field while it is left out. */
  readonly hint: string;
  /** What is to be said of the value, below it. */
  readonly note?: string;
  readonly isFirst?: boolean;
  /** Whether it travels as text, so that any text will do. */
  readonly isPlain: boolean;
  readonly value: unknown;
  readonly fieldErrors: readonly IFieldError[];
  /** The names that are secret by their schemas alone. */
  readonly secrets: SecretNames;
  readonly files?: readonly File[];
  /** Given where the value is a file, or a list of them. */
  readonly onFiles?: (files: readonly File[]) => void;
  readonly onChange: (value: unknown) => void;
}

/** The tick that includes it, name and editor. */
export function FieldRow(props: IFieldProps): JSX.Element {
  const { view, name, type, isRequired, schema, definitions, value, fieldErrors, onChange } = props;
  const { trans } = view;
  const id = React.useId();
  const item = resolve(asSchema(schema.items), definitions);
  const editor = props.onFiles ? 'file' : editorOf(schema, value, item);
  const isLeftOut = value === undefined && editor !== 'file';
  const isNested = editor === 'group' || editor === 'rows';
  // The parts of a nested value tell their own errors.
  const own = isNested && !isLeftOut ? fieldErrors.filter(each => !each.place.length) : fieldErrors;
  const described = `${id}-said`;
  const note = isNamed(name, value)
    ? trans.__('Only the name of a secret is kept: write the value itself.')
    : props.note;
  const canLeaveOut = !isRequired && editor !== 'file';
  return (
    <div className={`nl-Value${isNested ? ' nl-mod-nested' : ''}`}>
      {canLeaveOut ? (
        <input
          type="checkbox"
          className="nl-Value-include"
          checked={!isLeftOut}
          aria-label={trans.__('Include %1', name)}
          title={trans.__('Send %1 with the request', name)}
          onChange={event =>
            onChange(event.target.checked ? placeholder(schema, definitions) : undefined)
          }
        />
      ) : (
        <span />
      )}
      <label
        className="nl-Value-name"
        htmlFor={isNested ? undefined : id}
        id={`${id}-name`}
        title={type || typeText(schema)}
      >
        {name}
        {isRequired ? (
          <span className="nl-Value-required" title={trans.__('Required')}>
            <span aria-hidden="true">*</span>
            <span className="nl-visuallyHidden">{trans.__('(required)')}</span>
          </span>
        ) : null}
      </label>
      <div className="nl-Value-editor">
        <EditorOf
          {...props}
          id={id}
          editor={editor}
          described={own.length > 0 ? described : undefined}
        />
      </div>
      {note ? <p className="nl-Value-said nl-Value-note">{note}</p> : null}
      {own.length > 0 ? (
        <div id={described} className="nl-Value-said">
          {own.map((each, index) => (
            <p key={index} className="nl-Value-error">
              {fieldErrorText(each)}
            </p>
          ))}
        </div>
      ) : null}
    </div>
  );
}

type EditorProps = IFieldProps & {
  readonly id: string;
  readonly editor: ReturnType<typeof editorOf>;
  readonly described: string | undefined;
};

function EditorOf(props: EditorProps): JSX.Element {
  const { id, editor, view, schema, value, hint, isFirst, described, onChange } = props;
  const { trans } = view;
  const common = {
    id,
    'aria-describedby': described,
    'aria-invalid': described ? true : undefined,
    'data-nl-first': isFirst ? true : undefined
  };
  switch (editor) {
    case 'file':
      return (
        <FileInput
          {...common}
          view={view}
          isMultiple={schema.type === 'array'}
          files={props.files ?? []}
          onFiles={files => props.onFiles?.(files)}
        />
      );
    case 'boolean':
    case 'choice': {
      const offered = choices(schema) ?? [true, false];
      return (
        <select
          {...common}
          className="nl-Input"
          value={offered.findIndex(each => each === value)}
          onChange={event => onChange(offered[Number(event.target.value)])}
        >
          {value === undefined ? <option value={-1}>{hint || trans.__('choose…')}</option> : null}
          {offered.map((each, index) => (
            <option key={index} value={index}>
              {typeof each === 'string' ? each : JSON.stringify(each)}
            </option>
          ))}
        </select>
      );
    }
    case 'group':
      return <Group {...props} />;
    case 'rows':
      return <Rows {...props} />;
    case 'text':
      if (isSecret(props.name) || props.secrets.has(props.name)) {
        return (
          <SecretInput {...common} view={view} text={String(value ?? '')} onChange={onChange} />
        );
      }
      return (
        <TextInput
          {...common}
          placeholder={placeholderText(props)}
          text={String(value ?? '')}
          onChange={onChange}
        />
      );
    case 'json':
      return <JsonInput {...props} common={common} />;
  }
}

/** JSON in a line, or whatever was written instead. */
function JsonInput(props: EditorProps & { readonly common: object }): JSX.Element {
  const { view, schema, value, isPlain, common, onChange } = props;
  const [written, setWritten] = React.useState(() => toText(value));
  const isOwn = JSON.stringify(parse(written)) === JSON.stringify(value);
  const isOdd = !isPlain && typeof value === 'string' && 'type' in schema;
  return (
    <>
      <TextInput
        {...common}
        placeholder={placeholderText(props)}
        text={isOwn ? written : toText(value)}
        onChange={text => {
          setWritten(text);
          onChange(parse(text));
        }}
      />
      {isOdd ? (
        <p className="nl-Value-note">{view.trans.__('This is not JSON: it is sent as a text.')}</p>
      ) : null}
    </>
  );
}

const LINE = 48;
const MOST_LINES = 8;

/** One line, or as many as the text needs. */
function TextInput(
  props: {
    readonly text: string;
    readonly onChange: (text: string) => void;
  } & Omit<React.TextareaHTMLAttributes<HTMLTextAreaElement>, 'onChange'>
): JSX.Element {
  const { text, onChange, ...rest } = props;
  const lines = text.split('\n').reduce((sum, each) => sum + 1 + Math.floor(each.length / LINE), 0);
  return (
    <textarea
      {...rest}
      className="nl-Input"
      spellCheck={false}
      rows={Math.min(lines, MOST_LINES)}
      value={text}
      // Who comes here means to write another value; only long texts are edited in the middle.
      onMouseDown={event => {
        if (lines === 1 && document.activeElement !== event.currentTarget) {
          event.preventDefault();
          event.currentTarget.focus();
        }
      }}
      onFocus={event => {
        if (lines === 1) {
          event.currentTarget.select();
        }
      }}
      onChange={event => onChange(event.target.value)}
    />
  );
}

/** What an input of one line is given; the rest are attributes of its element. */
export interface IInputProps extends Omit<React.InputHTMLAttributes<HTMLInputElement>, 'onChange'> {
  readonly view: IViewContext;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

/** A text that is not to be read over a shoulder, unless it is asked for. */
export function SecretInput({ view, text, onChange, ...rest }: IInputProps): JSX.Element {
  const { trans } = view;
  const [isShown, setShown] = React.useState(false);
  return (
    <span className="nl-Secret">
      <input
        {...rest}
        type={isShown ? 'text' : 'password'}
        className="nl-Input"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={event => onChange(event.target.value)}
      />
      <Button look="quiet" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
        {isShown ? trans.__('Hide') : trans.__('Show')}
      </Button>
    </span>
  );
}

/** The parts of an object. */
function Group(props: EditorProps): JSX.Element {
  const { id, view, name, schema, definitions, value, fieldErrors, onChange } = props;
  const { trans } = view;
  if (value === undefined) {
    return (
      <Button onClick={() => onChange(placeholder(schema, definitions))}>
        {trans.__('Fill in %1', name)}
      </Button>
    );
  }
  const needed = new Set(required(schema));
  return (
    <div role="group" aria-labelledby={`${id}-name`} className="nl-Value-parts">
      {Object.entries(properties(schema) ?? {}).map(([part, raw]) => {
        const own = resolve(raw, definitions);
        return (
          <FieldRow
            key={part}
            {...props}
            onFiles={undefined}
            note=""
            name={part}
            type=""
            hint={trans.__('left out')}
            isFirst={false}
            isRequired={needed.has(part)}
            schema={own}
            value={asTree(value)[part]}
            fieldErrors={within(fieldErrors, [part])}
            onChange={changed => onChange(put(asTree(value), part, changed))}
          />
        );
      })}
    </div>
  );
}

/** The objects of a list. */
function Rows(props: EditorProps): JSX.Element {
  const { id, view, name, schema, definitions, value, fieldErrors, onChange } = props;
  const { trans } = view;
  const item = resolve(asSchema(schema.items), definitions);
  const listed: readonly unknown[] = Array.isArray(value) ? value : [];
  return (
    <div role="group" aria-labelledby={`${id}-name`} className="nl-Value-rows">
      {listed.map((each, index) => (
        <div key={index} className="nl-Value-item">
          <FieldRow
            {...props}
            onFiles={undefined}
            note=""
            name={trans.__('%1 %2', name, index + 1)}
            type=""
            isFirst={false}
            isRequired={true}
            schema={item}
            value={each}
            fieldErrors={within(fieldErrors, [String(index)])}
            onChange={changed => onChange(listed.map((old, at) => (at === index ? changed : old)))}
          />
          <Button
            look="quiet"
            aria-label={trans.__('Remove %1 %2', name, index + 1)}
            onClick={() => onChange(listed.filter((_, at) => at !== index))}
          >
            ✕
          </Button>
        </div>
      ))}
      <Button onClick={() => onChange([...listed, placeholder(item, definitions)])}>
        {trans.__('Add %1', name)}
      </Button>
    </div>
  );
}

/** What an empty field is for: its type, and what holds while it is left out. */
function placeholderText({ type, schema, value, hint }: IFieldProps): string {
  const kind = type || typeText(schema);
  return value === undefined ? [kind, hint].filter(Boolean).join(' – ') : kind;
}

/** A type in a word, where no annotation says it. */
function typeText(schema: Schema): string {
  const { type, items, format } = schema;
  if (type === 'array') {
    return `list[${typeText(asSchema(items))}]`;
  }
  return String(format ?? schema.title ?? type ?? '');
}
