// The texts in English. Their type is that of every language; `satisfies` checks that a group of texts is complete.
import type { Theme } from '../settings/useTheme.ts';
import type { ListProblem } from '../sidebar/list-store/list-state.ts';
import { conversationInEnglish } from './en-conversation.ts';

const format = new Intl.NumberFormat('en');

/** The texts of the page in English. */
export const en = {
  ...conversationInEnglish,
  skipToComposer: 'Skip to the message field',
  newConversation: 'New conversation',
  signOut: 'Sign out',
  otherLanguage: 'Passer en français',
  theme: {
    system: 'Theme: system. Switch to light',
    light: 'Theme: light. Switch to dark',
    dark: 'Theme: dark. Switch to system',
  } satisfies Record<Theme, string>,
  broken: {
    title: 'Something on this page went wrong',
    line: 'Your conversations are safe on the server. Reload the page, or start from an empty one.',
    reload: 'Reload',
    startOver: 'New conversation',
  },
  close: 'Close',
  cancel: 'Cancel',
  welcome: {
    title: 'A reply that is never lost',
    line: 'Sillage streams AI replies and keeps every word: through a reload, a dropped network, a restarted server.',
    demoTitle: 'The demo model answers.',
    /** Three parts of a sentence; the names of two settings are inserted between them. */
    demo: ['To connect a real one, set ', ' or ', ' on the server.'] satisfies [string, string, string],
    openings: 'Try one of these',
    opening: [
      {
        title: 'A long answer',
        detail: 'Reload the page halfway: it continues.',
        message: 'Tell me a long story about a ship and the wake it leaves.',
      },
      {
        title: 'Some code',
        detail: 'See code formatted while it streams.',
        message: 'Write a TypeScript function that reads server-sent events, and explain it.',
      },
      {
        title: 'A quick question',
        detail: 'See how fast the first words arrive.',
        message: 'What does the French word “sillage” mean?',
      },
    ] satisfies [Opening, Opening, Opening],
    continueLast: 'Continue the last conversation',
  },
  signIn: {
    title: 'Sign in',
    line: 'Sillage streams AI replies, and never loses one.',
    expired: 'Session expired. What you wrote is kept. Sign in again to continue.',
    how: 'The server prints a link in its terminal when it starts. Open that link, or paste it here.',
    label: 'Link or token',
    submit: 'Sign in',
    malformed: 'This contains no token. Paste the whole link, from “http” to its last character.',
  },
  /** The dialog for a link that contains the token of another person. */
  switchPerson: {
    title: 'Switch to another account?',
    line: (current: string, other: string) =>
      `You are signed in as ${current}. This link signs in ${other}, who can read everything you write after that.`,
    accept: (other: string) => `Switch to ${other}`,
    decline: (current: string) => `Stay signed in as ${current}`,
  },
  untitled: 'New conversation',
  list: {
    label: 'Conversations',
    show: 'Show conversations',
    hide: 'Hide conversations',
    search: 'Search conversations',
    clearSearch: 'Clear the search',
    none: 'No conversations yet',
    noneDetail: 'Your conversations will appear here.',
    noneFound: (search: string) => `Nothing found for “${search}”`,
    found: (count: number) => (count === 1 ? '1 conversation found' : `${format.format(count)} conversations found`),
    loading: 'Loading conversations',
    unreadable: 'The conversations could not be loaded.',
    more: 'Load older conversations',
    underWay: 'reply in progress',
    /** A reply that ended while its conversation was not on screen. */
    unread: 'new reply',
    stop: 'Stop the reply',
    options: (title: string) => `Options for “${title}”`,
    pin: 'Pin',
    unpin: 'Unpin',
    /** The heading above pinned conversations. */
    pinned: 'Pinned',
    isPinned: 'Pinned conversation',
    rename: 'Rename',
    title: 'Title of the conversation',
    exportMarkdown: 'Export as Markdown',
    exportJson: 'Export as JSON',
    remove: 'Delete',
    removed: (title: string) => `“${title}” deleted`,
    undo: 'Undo',
    problem: {
      rename: 'The title could not be changed.',
      pin: 'The pin could not be changed.',
      remove: 'The conversation could not be deleted.',
      export: 'The conversation could not be exported.',
      erase: 'Not everything could be deleted.',
      stop: 'The reply could not be stopped.',
    } satisfies Record<ListProblem, string>,
  },
  connection: {
    offline: 'Offline. Everything here is kept.',
    reconnecting: 'Reconnecting',
    back: 'Back online, nothing lost',
  },
  settings: {
    title: 'Settings',
    appearance: 'Theme',
    themes: { system: 'System', light: 'Light', dark: 'Dark' } satisfies Record<Theme, string>,
    language: 'Language',
    keys: 'Single-key shortcuts',
    keysDetail: '/ goes to the message field, ? lists all shortcuts',
    notify: 'Notify me',
    notifyDetail: 'When a reply ends while this page is in the background',
    notifyDenied: 'The browser does not allow notifications from this page. Allow them in its settings.',
    usage: 'Usage today',
    usageUnknown: 'The usage cannot be loaded at the moment.',
    usageDetail: (replies: number, tokens: string) =>
      `${replies === 1 ? '1 reply' : `${format.format(replies)} replies`}, ${tokens} tokens`,
    usageOf: (tokens: string) => `of ${tokens} a day, until midnight UTC`,
    usageMonth: (tokens: string) => `${tokens} tokens in the last 30 days`,
    usageCost: (cost: string) => `cost ${cost}`,
    data: 'Your conversations',
    dataDetail: 'Every conversation and reply, on every device.',
    erase: 'Delete everything',
    eraseWarning:
      'All conversations will be deleted permanently. Replies in progress are stopped. This cannot be undone.',
    /** The word to type before everything is erased, and the prompt for it. */
    eraseWord: 'delete',
    typeEraseWord: (word: string) => `Type “${word}” to confirm`,
    eraseNow: 'Delete permanently',
  },
  shortcuts: {
    title: 'Keyboard shortcuts',
    write: 'Write a message',
    search: 'Search conversations',
    stop: 'Stop the reply',
    fresh: 'New conversation',
    toggleList: 'Show or hide the list',
    undo: 'Undo a deletion',
    move: 'Move through the list',
    rename: 'Rename a conversation',
    remove: 'Delete a conversation',
    help: 'Show this list',
    keys: { ctrl: 'Ctrl', shift: 'Shift', escape: 'Esc', remove: 'Delete' },
    inList: 'In the list',
    everywhere: 'Everywhere',
  },
};

/** A suggestion on the empty page: its title, its description, and the message that it sends. */
interface Opening {
  readonly title: string;
  readonly detail: string;
  readonly message: string;
}
