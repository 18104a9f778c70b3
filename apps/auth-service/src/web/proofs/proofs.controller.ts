import { Body, ConflictException, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import { PROOF_USES_PATH, ProofUse } from '@patient-access/internal-api';
import { PROOF_WINDOW_SECONDS } from '@patient-access/smart';
import { POOL } from '../services/tokens.ts';
import { isFirstUse } from '../../domain/grants/replay.ts';

/** The time from the earliest to the latest moment at which a proof is accepted. */
const TAKEN_FOR_SECONDS = 2 * PROOF_WINDOW_SECONDS;

/** Tells all gateways together whether a proof of possession was used before (RFC 9449 section 11.1). */
@Controller(PROOF_USES_PATH)
export class ProofsController {
  private readonly pool: Pool;

  constructor(@Inject(POOL) pool: Pool) {
    this.pool = pool;
  }

  /** 204 for the first use, 409 for every later one. */
  @Post()
  @HttpCode(204)
  async useUp(
    @Param('tenant') tenant: string,
    @Body({ schema: ProofUse }) { jkt, jti }: ProofUse,
  ): Promise<void> {
    if (!(await isFirstUse(this.pool, tenant, jkt, jti, TAKEN_FOR_SECONDS))) throw new ConflictException();
  }
}
