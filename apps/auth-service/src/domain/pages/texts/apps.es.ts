/** The page of connected apps, in US Spanish. */
import type { appsEn } from './apps.en.ts';

export const appsEs: typeof appsEn = {
  title: 'Aplicaciones conectadas',
  why: 'Estas aplicaciones pueden ver datos del plan de salud porque usted lo aceptó. Puede cancelar el permiso de cada una en cualquier momento.',
  none: 'En este momento ninguna aplicación está conectada con esta cuenta. “Quién vio mis datos” muestra a todos los que han pedido sus datos.',
  own: {
    heading: (name) => `Sus datos (${name})`,
    short: 'Sus datos',
    revoked: (app) => `“${app}” ya no puede ver sus datos.`,
  },
  others: {
    heading: (name, relationship) => `Datos de ${name} (${relationship})`,
    short: (name) => `Datos de ${name}`,
    revoked: (app, name) => `“${app}” ya no puede ver los datos de ${name}.`,
  },
  former: {
    heading: 'Datos que esta cuenta ya no ve',
    short: 'Datos que esta cuenta ya no ve',
    revoked: (app) => `“${app}” ya no puede ver los datos de esta persona.`,
  },
  nobody: {
    heading: 'Ningún dato de salud: solo quién es usted',
    short: 'Solo quién es usted',
    revoked: (app) => `“${app}” ya no puede saber quién es usted.`,
  },
  saysMadeBy: 'Dice que la hace',
  wentBackTo: 'Usted volvió a',
  sees: 'Puede ver',
  everything: 'Todo lo que tiene su plan, incluso los tipos de datos que se agreguen después',
  butNot: (kind) => `Pero no: ${kind}`,
  noneSensitive: 'Pero ningún dato muy privado',
  onlySensitive: (released) => `De los datos muy privados, solo: ${released}`,
  noData: 'Ningún dato de salud',
  identityParts: {
    account: 'Un código que corresponde a usted',
    member: 'Qué miembro inició sesión',
    name: 'Su nombre',
  },
  fhirUserParts: {
    self: 'La ficha sobre usted: nombre, fecha de nacimiento, dirección, teléfono, sexo y género, raza y origen étnico, idioma, estado civil',
    related:
      'La ficha sobre usted en los datos de este miembro: nombre, dirección, teléfono, sexo, fecha de nacimiento, idioma',
  },
  since: 'Desde',
  until: 'Hasta',
  loginOver: 'Ya no tiene acceso: lo tenía solo para un inicio de sesión',
  lastUse: 'Último uso',
  unused: 'Aún sin usar',
  revoke: 'Cancelar el permiso',
  seenUntil: {
    coverage: (whose, date) =>
      `${whose}: como la cobertura de este plan termina o terminó, usted y sus aplicaciones pueden verlos hasta el ${date}.`,
    death: (whose, date) =>
      `${whose}: como esta persona murió, usted y sus aplicaciones pueden verlos hasta el ${date}.`,
  },
  stillSees: (whose) => `Pero todavía puede ver: ${whose}.`,
  sure: (app) => `¿Cancelar el permiso de “${app}”?`,
  consequence:
    'La aplicación pierde el acceso de inmediato. Para usarla otra vez, tiene que conectarla y aceptar de nuevo.',
  copies:
    'La aplicación puede guardar copias de los datos que ya tiene. Si quiere que las borre, pídaselo a la aplicación.',
  asksAgain:
    'Todavía no se canceló nada. Es posible que usted haya iniciado sesión otra vez desde que se abrió esa página. Presione el botón una vez más.',
  keep: 'Dejarla conectada',
  past: 'Aplicaciones que ya no tienen acceso',
  pastWhy: 'De los últimos 13 meses.',
  byOthers: 'Aplicaciones que otra persona había conectado a sus datos',
  byOthersWhy:
    'Esta persona podía ver los datos de usted y había aceptado en su nombre. Estas aplicaciones ya no tienen acceso.',
  ended: (date) => `Terminó el ${date}:`,
  reasonsForOwner: {
    relation: 'su plan indica que esta persona ya no actúa en nombre de usted',
    'of-age': 'usted llegó a la mayoría de edad y ahora decide por su cuenta',
  },
  reasons: {
    member: 'usted canceló el permiso',
    app: 'la aplicación renunció al permiso',
    plan: 'su plan canceló el permiso',
    password: 'se cambió su contraseña',
    reuse: 'se detuvo por seguridad, porque una clave de la aplicación se usó dos veces',
    relation: 'su plan indica que esta cuenta ya no puede ver estos datos',
    'of-age': 'esta persona llegó a la mayoría de edad y ahora decide por sí misma',
    coverage: 'se acabó el plazo después del fin de la cobertura',
    death: 'esta persona murió',
    'not-before': 'su plan detuvo todas las aplicaciones por seguridad; puede conectarla de nuevo',
    restore: 'el sistema de su plan se restauró desde una copia; puede conectarla de nuevo',
    narrowed: 'usted retiró una parte del permiso; lo demás sigue vigente',
    corrected: 'su plan corrigió de quién son estos registros; puede conectarla de nuevo',
    expiry: 'se acabó el plazo que usted aceptó',
  },
};
