import {
  BadRequestException,
  Body,
  ConflictException,
  Controller,
  HttpCode,
  Inject,
  Param,
  Post,
} from '@nestjs/common';
import { PROOF_WINDOW_SECONDS } from '@patient-access/smart';
import { z } from 'zod';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { isFirstUse } from '../../domain/grants/replay.ts';

const MAX_CHARACTERS = 256;

const Proof = z.object({ jkt: z.string().max(MAX_CHARACTERS), jti: z.string().max(MAX_CHARACTERS) });

/** From the earliest to the latest moment at which a proof is taken. */
const TAKEN_FOR_SECONDS = 2 * PROOF_WINDOW_SECONDS;

/** For all gateways together: was a proof of possession brought before (RFC 9449 section 11.1)? */
@Controller('internal/:tenant/proofs')
export class ProofsController {
  private readonly services: SharedServices;

  constructor(@Inject(SHARED_SERVICES) services: SharedServices) {
    this.services = services;
  }

  /** 204 the first time, 409 from then on. */
  @Post()
  @HttpCode(204)
  async useUp(@Param('tenant') tenant: string, @Body() body: unknown): Promise<void> {
    const proof = Proof.safeParse(body);
    if (!proof.success) throw new BadRequestException();
    const { jkt, jti } = proof.data;
    if (!(await isFirstUse(this.services.pool, tenant, jkt, jti, TAKEN_FOR_SECONDS)))
      throw new ConflictException();
  }
}
