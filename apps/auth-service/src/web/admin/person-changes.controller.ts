import { Body, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Administration } from '../../domain/administration/administration.ts';
import { endChange, listChanges } from '../../domain/administration/persons/person-changes.ts';
import { AdministrationController } from './administration-controller.decorator.ts';
import { AdministrationOf } from './administration.decorator.ts';
import { tell } from './tell.ts';

const MovedRecords = z.strictObject({ records: z.int().nonnegative() });

/** Which records were merged or split, and the end of it, on the internal listener only. Either begins as a repair. */
@AdministrationController('person-changes')
export class PersonChangesController {
  @Get()
  async list(@Req() request: FastifyRequest, @AdministrationOf() administration: Administration) {
    return { changes: await tell(request, await listChanges(administration)) };
  }

  @Post(':change/done')
  @HttpCode(200)
  async end(
    @Req() request: FastifyRequest,
    @AdministrationOf() administration: Administration,
    @Param('change') change: string,
    @Body({ schema: MovedRecords }) { records }: z.infer<typeof MovedRecords>,
  ) {
    return tell(request, await endChange(administration, change, records));
  }
}
