import { Module } from '@nestjs/common';
import { SpoolTarget } from './spool.target.js';

/** Lets targets be folders of this machine, from which other programs fetch what changed. */
@Module({})
export class SpoolModule {
  static readonly resources = [];
  static readonly targetTypes = [SpoolTarget];
}
