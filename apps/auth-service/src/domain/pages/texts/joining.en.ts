/** What members read who make an account alone, in US English. */
export const joiningEn = {
  joining: {
    noAccount: 'No account yet?',
    begin: 'Make an account',
    notOffered: 'Your plan makes the accounts itself. Please call the number on your member card.',
    title: 'Make an account',
    why: 'Type your member number, your name and your date of birth as your plan has them.',
    /** by the ways that the plan offers */
    whence: {
      mail: 'We send a code to an email address that your plan has, or you use one from a letter.',
      text: 'We send a code to a phone number that your plan has, or you use one from a letter.',
      either:
        'We send a code to an email address or a phone number that your plan has, or you use one from a letter.',
      letter: 'You also need a code from a letter of your plan.',
    },
    number: 'Member number',
    numberWhere: 'It is on your member card.',
    given: 'First name',
    oneName: 'If you have only one name, leave this empty and type it as your last name.',
    family: 'Last name',
    birthDate: 'Date of birth',
    month: 'Month',
    day: 'Day',
    year: 'Year',
    byMail: 'Send me a code by email',
    byText: 'Send me a code by text message',
    byLetter: 'I have a letter with a code',
    back: 'Back to the login',
    incomplete:
      'Please fill in all fields; only the first name may be empty. The date of birth has a month, a day, and a year with four digits.',
    codeTitle: 'Type your code',
    sent: (plan: string) =>
      `If what you typed is what ${plan} has, and it has an email address that is yours alone, a code is on its way there. It works once, for 10 minutes, in this browser.`,
    texted: (plan: string) =>
      `If what you typed is what ${plan} has, and it has a phone number that is yours alone, a code is on its way there. It works once, for 10 minutes, in this browser.`,
    letter: 'Type the code that stands in the letter of your plan.',
    submit: 'Continue',
    nothing:
      'No code? Look at your spam folder, and check what you typed. Your plan may have no address or number that is yours alone, or you may have an account already. If nothing helps, call the number on your member card.',
    again: 'Type my data again',
    wrongCode: 'That did not work. Check the code and what you typed before.',
    tooManyCodes: 'Too many wrong codes. Please go back to the app, and start again in an hour.',
    loginTitle: 'Choose how you log in',
    loginWhy: 'Your plan knows you now. Choose a user name and a password.',
    login: 'User name',
    loginHint: 'Three or more characters. It is not shown to apps.',
    password: 'Password',
    repeat: 'Password again',
    save: 'Make the account',
    shortLogin: 'The user name needs three or more characters.',
    loginTaken: 'Somebody has this user name already. Please choose another one.',
    tooManyLogins: 'Too many user names were tried. Please go back to the app, and start again in an hour.',
    notMade: 'The account could not be made. Please call the number on your member card.',
  },
};
