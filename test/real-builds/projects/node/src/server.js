import express from 'express';
import { greeting } from './greeting.js';

const app = express();
app.use(express.static('public'));
app.get('/greeting', (request, response) => response.send(greeting(request.query.name)));
app.listen(3000);
