// The page's own Markdown: only the open block is parsed again.
import { Markdown } from '@sillage/web/markdown';
import { growWith } from './growing.tsx';

growWith(Markdown);
