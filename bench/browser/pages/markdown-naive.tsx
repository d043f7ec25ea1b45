// The naive way: the whole reply is parsed again after each change.
import ReactMarkdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { growWith } from './growing.tsx';

growWith(({ text }) => <ReactMarkdown remarkPlugins={[remarkGfm]}>{text}</ReactMarkdown>);
