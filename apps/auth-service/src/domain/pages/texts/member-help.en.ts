/** What the law asks a plan to tell its members about apps (42 CFR 431.60(f) and its like), in US English. */
export const memberHelpEn = {
  memberHelp: {
    link: 'What happens to your data in an app',
    title: 'Your health data and apps',
    why: (plan: string) =>
      `${plan} lets you share your health plan data with an app that you choose. You do not have to. Read this before you decide.`,
    /** a plan may replace the paragraphs of each */
    sections: {
      afterwards: {
        heading: 'What happens to your data',
        paragraphs: [
          'The app gets a copy of the kinds of data that you agree to. From then on the app decides what happens to the copy, by the rules in its own privacy policy.',
          'Your data may say more than you think of: a claim for a medicine or a visit tells what you are treated for. Data about you may also say something about your family.',
        ],
      },
      law: {
        heading: 'Which laws protect it',
        paragraphs: [
          'HIPAA is a federal law that protects health data. Health plans have to follow it, and so do most doctors, hospitals, clinics and pharmacies, and companies that work for them. The Office for Civil Rights (OCR) sees to it that they do.',
          'Most apps do not have to follow HIPAA, and neither do most employers, life insurers, and companies that make fitness devices. Once your data is in an app, HIPAA may not protect the copy.',
          'The Federal Trade Commission (FTC) watches over apps. It can act if an app does something else than it said it would. An app has to tell you when your data was stolen.',
        ],
      },
      choosing: {
        heading: 'What to look for before you choose an app',
        paragraphs: [
          'Look for a privacy policy that you can read and understand. If there is none, do not use the app.',
          'Does the app say which data it takes, and what for? Does it sell or share your data, or use it for advertising or research? Can you stop that?',
          'How does the app protect your data? Can you see and correct what it has? What happens to your data when you delete your account?',
          'Protect your data yourself, too: lock your phone and computer, choose a password that you use nowhere else, give it to nobody, and share only the kinds of data that the app needs.',
        ],
      },
      takingBack: {
        heading: 'How to take access back',
        paragraphs: [
          'Open “Connected apps” at your plan and press “Revoke access” beside the app. From that moment the app gets nothing more.',
          'The app may keep what it already has. Ask the app to delete it.',
        ],
      },
      complaints: {
        heading: 'Where to complain',
        paragraphs: [
          'About your plan or your doctor: the Office for Civil Rights (OCR) of the U.S. Department of Health and Human Services, hhs.gov/ocr/complaints.',
          'About an app: the Federal Trade Commission (FTC), reportfraud.ftc.gov.',
        ],
      },
    },
    askHeading: 'Whom to ask',
    ask: (plan: string) => `Call ${plan} at the number on your member card.`,
    apps: 'See your connected apps',
  },
};
