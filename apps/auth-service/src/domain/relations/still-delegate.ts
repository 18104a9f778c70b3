/** A condition on a row `f` of `federated_identity`. */

/**
 * A delegate who got coverage of her own is still the delegate of one whom she has had. Without that, nothing says that
 * she is the person to whom the number belongs now.
 */
export const STILL_DELEGATE = `EXISTS (
  SELECT FROM account_member m JOIN plan_member p ON p.tenant = m.tenant AND p.patient = m.patient
   WHERE m.tenant = f.tenant AND m.sub = f.sub AND p.number = f.number
     AND m.relationship <> 'self' AND p.relationship <> 'self')`;
