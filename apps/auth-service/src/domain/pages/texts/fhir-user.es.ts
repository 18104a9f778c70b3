import type { fhirUserEn } from './fhir-user.en.ts';

/** What the consent page says of `fhirUser`, in US Spanish. */
export const fhirUserEs: typeof fhirUserEn = {
  self: 'La aplicación puede leer la ficha sobre usted: su nombre, fecha de nacimiento, dirección y teléfono. Si su plan los tiene, también puede leer su sexo y género, raza y origen étnico, idioma y estado civil.',
  related:
    'La aplicación puede leer la ficha sobre usted en los datos de este miembro: su nombre, dirección y teléfono. Si su plan los tiene allí, también puede leer su sexo, fecha de nacimiento e idioma. No ve los datos propios de usted.',
  none: 'La aplicación también pidió la ficha sobre usted. En estos datos no hay ninguna, así que la aplicación no la recibe.',
};
