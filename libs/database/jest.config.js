export { waitingWorkers as default } from '../../jest.preset.js';
