// `useChat` with its defaults.
import { chatWith } from './chat.tsx';
import { mount } from './mount.ts';

mount(chatWith());
