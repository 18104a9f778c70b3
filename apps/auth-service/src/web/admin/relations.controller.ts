import { Body, Delete, Get, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Administration } from '../../domain/administration/administration.ts';
import * as relations from '../../domain/administration/members/relations.ts';
import { endPerson } from '../../domain/administration/identities/end-person.ts';
import { AdministrationController } from './administration-controller.decorator.ts';
import { AdministrationOf } from './administration.decorator.ts';
import { tell } from './tell.ts';

/** Whose data a login or a member number may see. */
@AdministrationController()
export class RelationsController {
  @Get('logins/:login/relations')
  async list(
    @Req() request: FastifyRequest,
    @AdministrationOf() administration: Administration,
    @Param('login') login: string,
  ) {
    return { relations: await tell(request, await relations.listRelations(administration, login)) };
  }

  @Put('logins/:login/relations/:patient')
  async put(
    @AdministrationOf() administration: Administration,
    @Param('login') login: string,
    @Param('patient') id: string,
    @Body() facts: object,
  ) {
    return { relations: [await relations.putRelation(administration, login, { ...facts, id })] };
  }

  @Delete('logins/:login/relations/:patient')
  @HttpCode(204)
  async withdraw(
    @AdministrationOf() administration: Administration,
    @Param('login') login: string,
    @Param('patient') patient: string,
  ) {
    await relations.removeRelation(administration, login, patient);
  }

  @Post('people/end')
  @HttpCode(200)
  async end(@AdministrationOf() administration: Administration, @Body() person: object) {
    return endPerson(administration, person);
  }

  @Put('members/:number')
  @HttpCode(204)
  async member(
    @AdministrationOf() administration: Administration,
    @Param('number') number: string,
    @Body() body: unknown,
  ) {
    await relations.putPlanMember(administration, number, body);
  }
}
