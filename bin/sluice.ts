import { checked, sluiceApp } from '../lib/app.ts';

checked(sluiceApp(process.env)).app.synth();
