import { Body, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { z } from 'zod';
import type { Administration } from '../../domain/administration/administration.ts';
import * as clients from '../../domain/administration/apps/clients.ts';
import * as tokens from '../../domain/administration/apps/initial-tokens.ts';
import { AdministrationController } from './administration-controller.decorator.ts';
import { AdministrationOf } from './administration.decorator.ts';

/** A body that may be missing if all of its members are optional. */
const optionalBody = <Schema extends z.ZodType>(schema: Schema) => z.preprocess((body) => body ?? {}, schema);

const Change = z.record(z.string(), z.unknown());
const Ban = z.strictObject({ reason: z.string().default('') });

/** The administration of a plan's clients. */
@AdministrationController()
export class ClientsController {
  @Get('clients')
  async list(@AdministrationOf() administration: Administration) {
    return { clients: await clients.describeClients(administration) };
  }

  @Post('clients')
  register(@AdministrationOf() administration: Administration, @Body() metadata: unknown) {
    return clients.registerForPlan(administration, metadata);
  }

  @Get('clients/:client')
  show(@AdministrationOf() administration: Administration, @Param('client') id: string) {
    return clients.describeClient(administration, id);
  }

  @Patch('clients/:client')
  set(
    @AdministrationOf() administration: Administration,
    @Param('client') id: string,
    @Body({ schema: Change }) change: z.infer<typeof Change>,
  ) {
    return clients.changeClient(administration, id, change);
  }

  @Delete('clients/:client')
  @HttpCode(204)
  async remove(@AdministrationOf() administration: Administration, @Param('client') id: string) {
    await clients.removeClient(administration, id);
  }

  @Post('clients/:client/ban')
  @HttpCode(200)
  ban(
    @AdministrationOf() administration: Administration,
    @Param('client') id: string,
    @Body({ schema: optionalBody(Ban) }) { reason }: z.infer<typeof Ban>,
  ) {
    return clients.banClient(administration, id, reason);
  }

  @Post('clients/:client/unban')
  @HttpCode(200)
  unban(@AdministrationOf() administration: Administration, @Param('client') id: string) {
    return clients.unbanClient(administration, id);
  }

  @Post('clients/:client/verify')
  @HttpCode(200)
  verify(
    @AdministrationOf() administration: Administration,
    @Param('client') id: string,
    @Body({ schema: clients.Verification }) facts: clients.Verification,
  ) {
    return clients.verifyClient(administration, id, facts);
  }

  @Post('clients/:client/rotate-secret')
  @HttpCode(200)
  rotate(
    @AdministrationOf() administration: Administration,
    @Param('client') id: string,
    @Body({ schema: optionalBody(clients.SecretRotation) }) rotation: z.infer<typeof clients.SecretRotation>,
  ) {
    return clients.rotateClientSecret(administration, id, rotation);
  }

  @Get('registration-tokens')
  async listTokens(@AdministrationOf() administration: Administration) {
    return { tokens: await tokens.listTokens(administration) };
  }

  @Post('registration-tokens')
  createToken(
    @AdministrationOf() administration: Administration,
    @Body({ schema: optionalBody(tokens.NewToken) }) token: z.infer<typeof tokens.NewToken>,
  ) {
    return tokens.createToken(administration, token);
  }

  @Delete('registration-tokens/:token')
  @HttpCode(204)
  async revokeToken(@AdministrationOf() administration: Administration, @Param('token') id: string) {
    await tokens.revokeToken(administration, id);
  }
}
