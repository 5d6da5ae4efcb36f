// Stands for a file that a build of DevTools generates: English only.
export const BUNDLED_LOCALES = ['en-US'];
export const LOCALES = ['en-US'];
export const DEFAULT_LOCALE = 'en-US';
export const LOCAL_FETCH_PATTERN = '';
export const REMOTE_FETCH_PATTERN = '';
