-- What pg_dump 15 makes of shop.sql.
--
-- PostgreSQL database dump
--

\restrict ZHLhXbLPwhZTllJ7ezC6FLb3z34dZt3HoJMxwrOCSZVRcDuooNHLxCg2MEfqq3b


SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: customer; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer (
    id bigint NOT NULL,
    "full;name" text DEFAULT 'no; name'::text NOT NULL,
    "größe" numeric(4,1),
    note text DEFAULT 'it''s; a\b'::text,
    tags text[] DEFAULT '{;}'::text[] NOT NULL,
    data jsonb DEFAULT '{"a": "b;"}'::jsonb NOT NULL,
    CONSTRAINT "customer_größe_check" CHECK (("größe" > (0)::numeric))
);


--
-- Name: TABLE customer; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.customer IS 'customers; all of them';


--
-- Name: fill(integer); Type: PROCEDURE; Schema: public; Owner: -
--

CREATE PROCEDURE public.fill(IN a integer)
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO public.customer (note)
   VALUES ((fill.a || ';'::text));
 INSERT INTO public.customer (note)  SELECT
                 CASE fill.a
                     WHEN 1 THEN ';'::text
                     ELSE NULL::text
                 END AS "case";
END;


--
-- Name: half(integer); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.half(a integer) RETURNS integer
    LANGUAGE sql
    RETURN (a / 2);


--
-- Name: old_style(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.old_style(text) RETURNS text
    LANGUAGE sql
    AS $_$
    SELECT 'a;' || $1;
    SELECT $1$_$;


--
-- Name: total(integer, integer); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.total(a integer, "end" integer DEFAULT 2) RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT count(*) AS count
    FROM public.customer;
 SELECT
         CASE
             WHEN (total.a > 1) THEN
             CASE total."end"
                 WHEN 2 THEN 3
                 ELSE NULL::integer
             END
             ELSE 4
         END AS "case"
    FROM public.customer;
END;


--
-- Name: touch(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
    -- it's; a comment
    EXECUTE $inner$ SELECT $$;$$ $inner$;
    NEW.note := E'\'' || NEW.note;
    RETURN NEW;
END;
$_$;


--
-- Name: @#-; Type: OPERATOR; Schema: public; Owner: -
--

CREATE OPERATOR public.@#- (
    FUNCTION = public.half,
    RIGHTARG = integer
);


--
-- Name: customer_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.customer ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.customer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: halves; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.halves AS
 SELECT (OPERATOR(public.@#-) 4) AS a,
    (5 # 3) AS b,
    (2 - '-1'::integer) AS c
  WHERE false;


--
-- Name: named; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.named AS
 SELECT customer.id,
    customer."full;name" AS name,
    ((customer.data -> 'a'::text) ->> 'b'::text) AS b,
    (customer.data #>> '{a,b}'::text[]) AS path,
    (customer.data ? ';'::text) AS has,
    customer.tags[1:2] AS "some",
        CASE
            WHEN (customer."größe" > (2)::numeric) THEN 'big;'::text
            ELSE 'small'::text
        END AS size,
    (1 + 1) AS two
   FROM public.customer;


--
-- Data for Name: customer; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer (id, "full;name", "größe", note, tags, data) FROM stdin;
1	O'Brien;	1.5	a\\	{x;,y}	{"a": {"b": ";"}}
2	data;	2.0	first;second;	{}	[]
3	da	3.0	dollar; 'quoted'	{1}	{}
4	🎉; 你好	4.3	 $$ ; $a$ 	{}	{}
5	no; name	\N	1;	{;}	{"a": "b;"}
6	no; name	\N	;	{;}	{"a": "b;"}
7	tab\there;	\N	it's \\.	{;}	{"a": "b;"}
8	x	\N	'end	{;}	{"a": "b;"}
9	no; name	\N	in a transaction;	{;}	{"a": "b;"}
\.


--
-- Name: customer_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.customer_id_seq', 9, true);


--
-- Name: customer customer_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (id);


--
-- Name: customer log_it; Type: RULE; Schema: public; Owner: -
--

CREATE RULE log_it AS
    ON DELETE TO public.customer DO ( INSERT INTO public.customer (note)
  VALUES ('gone;'::text);
 UPDATE public.customer SET note = 'a);b'::text
  WHERE (customer.note = '('::text);
);


--
-- Name: customer touch; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER touch BEFORE UPDATE ON public.customer FOR EACH ROW WHEN ((new.note <> ';'::text)) EXECUTE FUNCTION public.touch();


--
-- PostgreSQL database dump complete
--

\unrestrict ZHLhXbLPwhZTllJ7ezC6FLb3z34dZt3HoJMxwrOCSZVRcDuooNHLxCg2MEfqq3b

