// The search field of the list. Escape clears it; Arrow Down moves the focus to the results.
import type { KeyboardEvent, Ref } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { CloseIcon, SearchIcon } from '../ui/icons.tsx';

interface SearchFieldProps {
  readonly ref: Ref<HTMLInputElement>;
  readonly text: string;
  readonly isSearching: boolean;
  readonly onSearch: (text: string) => void;
}

/** Renders the search field. */
export function SearchField({ ref, text, isSearching, onSearch }: SearchFieldProps) {
  const { list } = useMessages();

  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && text !== '') {
      event.preventDefault();
      event.stopPropagation();
      onSearch('');
    }
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      document.querySelector<HTMLElement>('.rows a')?.focus();
    }
  };

  return (
    <search className="search" aria-busy={isSearching}>
      <SearchIcon />
      <input
        ref={ref}
        type="text"
        inputMode="search"
        enterKeyHint="search"
        value={text}
        placeholder={list.search}
        aria-label={list.search}
        aria-keyshortcuts="Control+K Meta+K"
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onSearch(event.target.value)}
        onKeyDown={press}
      />
      {text === '' ? (
        <span className="search-key keyboard-only" aria-hidden="true">
          {isApple ? '⌘K' : 'Ctrl K'}
        </span>
      ) : (
        <IconButton isSmall label={list.clearSearch} onClick={() => onSearch('')}>
          <CloseIcon />
        </IconButton>
      )}
    </search>
  );
}

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
