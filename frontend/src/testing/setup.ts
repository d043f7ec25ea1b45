// Set-up of every test with a DOM: what a test waits for may take long on a busy machine.
import { configure } from '@testing-library/react';

configure({ asyncUtilTimeout: 30_000 });
