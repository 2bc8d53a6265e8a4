import './tokens.css';
import './base.css';
import './lens.css';
import './panel.css';
import './editor.css';
import './preview.css';
import './export.css';
