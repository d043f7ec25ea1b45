// What one writes first: the whole reply is parsed again each time it has grown.
import ReactMarkdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { growWith } from './growing.tsx';

growWith(({ text }) => <ReactMarkdown remarkPlugins={[remarkGfm]}>{text}</ReactMarkdown>);
