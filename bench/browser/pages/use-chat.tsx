// `useChat` with its defaults.
import { chatWith } from './chat.tsx';
import { mount } from './page.ts';

mount(chatWith());
