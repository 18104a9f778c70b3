import { StandardSchemaValidationPipe } from '@nestjs/common';

/**
 * The one pipe of every service ({@link createService} sets it): a parameter of a handler that names a zod schema is
 * parsed by it, and the handler gets what the schema returns. What does not match is 400, before the
 * handler runs.
 *
 * ```ts
 * @Post()
 * record(@Param('tenant', { schema: TenantId }) tenant: string, @Body({ schema: Proof }) proof: Proof) {}
 * ```
 *
 * It works for `@Body`, `@Query`, `@Param` and for decorators made with `createParamDecorator`. A parameter without a
 * schema passes as it came.
 */
export const schemaPipe = () => new StandardSchemaValidationPipe({ validateCustomDecorators: true });
