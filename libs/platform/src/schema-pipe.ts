import { StandardSchemaValidationPipe } from '@nestjs/common';

/**
 * The one pipe of every service ({@link createService} sets it). If a parameter of a handler names a zod schema, the
 * pipe parses it, and the handler gets what the schema returns. A value that does not match is answered with 400
 * before the handler runs.
 *
 * ```ts
 * @Post()
 * record(@Param('tenant', { schema: TenantId }) tenant: string, @Body({ schema: Proof }) proof: Proof) {}
 * ```
 *
 * It works for `@Body`, `@Query`, `@Param` and for decorators made with `createParamDecorator`. A parameter without a
 * schema is passed on unchanged.
 */
export const schemaPipe = () => new StandardSchemaValidationPipe({ validateCustomDecorators: true });
