import { stopping } from './stopping.ts';

export const command = stopping('stop', 'Stop one or more running containers');
