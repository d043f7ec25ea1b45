// `useChat`, at most one render in 50 ms.
import { chatWith } from './chat.tsx';
import { mount } from './mount.ts';

mount(chatWith(50));
