import { stopping } from './stopping.ts';

export const command = stopping('restart', 'Restart one or more containers');
