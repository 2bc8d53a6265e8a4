/**
 * Files of a form.
 */
import * as React from 'react';
import type { IViewContext } from '../../../view';

/**
 * A file, or several, from the file dialog or dropped here; what is chosen stays so when the form is
 * drawn again.
 */
export function FileInput(props: {
  readonly view: IViewContext;
  readonly id: string;
  readonly isMultiple: boolean;
  readonly files: readonly File[];
  readonly onFiles: (files: readonly File[]) => void;
}): JSX.Element {
  const { view, isMultiple, files, onFiles, ...rest } = props;
  const { trans } = view;
  const node = React.useRef<HTMLInputElement>(null);
  const [isOver, setOver] = React.useState(false);
  React.useEffect(() => {
    if (node.current) {
      const chosen = new DataTransfer();
      files.forEach(each => chosen.items.add(each));
      node.current.files = chosen.files;
    }
  }, [files]);
  const onDrop = (event: React.DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const dropped = [...event.dataTransfer.files];
    if (dropped.length > 0) {
      onFiles(isMultiple ? [...files, ...dropped] : dropped.slice(0, 1));
    }
  };
  return (
    <div
      className="nl-Files"
      data-over={isOver || undefined}
      onDragOver={event => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <input
        {...rest}
        ref={node}
        type="file"
        className="nl-Input"
        multiple={isMultiple}
        onChange={event => onFiles([...(event.target.files ?? [])])}
      />
      <span className="nl-Files-hint">
        {isMultiple ? trans.__('or drop files here') : trans.__('or drop a file here')}
      </span>
    </div>
  );
}
