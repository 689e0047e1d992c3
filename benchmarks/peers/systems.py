"""The systems measured: each is opened on the same passages and vectors, and gives the sources for a question.

Libraries are imported where they are used, so that a process holds one system alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

Search = Callable[[str, str], list[str]]  # a question and its language → sources, best first

DEEP = 50  # passages a system brings: some sources have sixty, and three sources are judged


def sources(found: Iterable[str]) -> list[str]:
    """Each source once, at its best passage's place."""
    return list(dict.fromkeys(found))


def _given(folder: Path) -> tuple[list[dict[str, str]], Any]:
    return json.loads((folder / "passages.json").read_text()), np.load(folder / "vectors.npy")


def _encoder(model: Path) -> Callable[[str], Any]:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    encoder = SentenceTransformer(str(model), device="cpu")
    return lambda text: encoder.encode(f"query: {text}", normalize_embeddings=True, show_progress_bar=False)


def plain(folder: Path, model: Path) -> Search:
    """What a tutorial writes: sentence-transformers and a flat FAISS index."""
    import faiss

    passages, vectors = _given(folder)
    encode = _encoder(model)
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)

    def search(question: str, _: str) -> list[str]:
        _scores, rows = index.search(encode(question).reshape(1, -1), DEEP)
        return sources(passages[row]["source"] for row in rows[0])

    return search


def haystack(folder: Path, model: Path) -> Search:
    """Haystack's hybrid pipeline over its in-memory store: BM25 and embeddings, joined by reciprocal rank."""
    from haystack import Document, Pipeline, component
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    passages, vectors = _given(folder)
    encode = _encoder(model)

    @component
    class TextEmbedder:
        @component.output_types(embedding=list[float])
        def run(self, text: str) -> dict[str, Any]:
            return {"embedding": encode(text).tolist()}

    store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
    store.write_documents(
        [
            Document(id=str(at), content=p["text"], meta={"source": p["source"]}, embedding=vector.tolist())
            for at, (p, vector) in enumerate(zip(passages, vectors, strict=True))
        ]
    )
    pipeline = Pipeline()
    pipeline.add_component("embedder", TextEmbedder())
    pipeline.add_component("meaning", InMemoryEmbeddingRetriever(store, top_k=DEEP))
    pipeline.add_component("words", InMemoryBM25Retriever(store, top_k=DEEP))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=DEEP))
    pipeline.connect("embedder.embedding", "meaning.query_embedding")
    pipeline.connect("meaning", "joiner")
    pipeline.connect("words", "joiner")

    def search(question: str, _: str) -> list[str]:
        found = pipeline.run({"embedder": {"text": question}, "words": {"query": question}})
        return sources(document.meta["source"] for document in found["joiner"]["documents"])

    return search


def llamaindex(folder: Path, model: Path) -> Search:
    """LlamaIndex: its in-memory vector index and its BM25 retriever, fused by reciprocal rank."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    passages, vectors = _given(folder)
    encode = _encoder(model)

    class Encoder(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return encode(query).tolist()

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            raise ValueError("passages come with their vectors")

    nodes = [
        TextNode(id_=str(at), text=p["text"], metadata={"source": p["source"]}, embedding=vector.tolist())
        for at, (p, vector) in enumerate(zip(passages, vectors, strict=True))
    ]
    index = VectorStoreIndex(nodes, embed_model=Encoder())
    fused = QueryFusionRetriever(
        [
            index.as_retriever(similarity_top_k=DEEP),
            BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=DEEP, language="german"),
        ],
        llm=MockLLM(),
        num_queries=1,
        mode="reciprocal_rerank",
        similarity_top_k=DEEP,
        use_async=False,
    )
    return lambda question, _: sources(found.node.metadata["source"] for found in fused.retrieve(question))


def txtai(folder: Path, model: Path) -> Search:
    """The hybrid index of txtai: FAISS as it configures it, and its own BM25."""
    from txtai import Embeddings

    passages, vectors = _given(folder)
    encode = _encoder(model)
    rows = iter(vectors)
    building = True

    def transform(texts: list[str]) -> Any:
        return np.stack([next(rows) if building else encode(text) for text in texts])

    embeddings = Embeddings({"method": "external", "transform": transform, "hybrid": True, "content": False})
    embeddings.index((at, p["text"], None) for at, p in enumerate(passages))
    building = False
    return lambda question, _: sources(passages[row]["source"] for row, _score in embeddings.search(question, DEEP))


def lotse_retriever(_folder: Path, _model: Path) -> Search:
    """Lotse as a library: its retriever alone."""
    from assistant.house import open_retriever
    from assistant.languages import tell_language
    from assistant.settings import Settings
    from index.types import Query

    retriever = open_retriever(Settings(threads=1))

    def search(question: str, _: str) -> list[str]:
        language = tell_language(question, retriever.index.lexical.knows)
        return [hit.source for hit in retriever.search(Query(question, language)).hits]

    return search


def lotse_answer(_folder: Path, _model: Path) -> Search:
    """Lotse's whole answer, screened and composed: its page, offers and actors in the order of their kind."""
    from assistant.conversation import Conversation
    from assistant.house import open_assistant
    from assistant.settings import Settings

    assistant = open_assistant(Settings(threads=1))

    def search(question: str, _: str) -> list[str]:
        answer = assistant.respond(Conversation(), question).answer
        shown = [f"page/{id}" for id in answer.pages] + [f"offer/{card.id}" for card in answer.offers]
        shown += [f"actor/{card.id}" for card in answer.actors]
        return sources([answer.lead, *shown] if answer.lead else shown)

    return search


SYSTEMS: dict[str, Callable[[Path, Path], Search]] = {
    "plain": plain,
    "haystack": haystack,
    "llamaindex": llamaindex,
    "txtai": txtai,
    "lotse-retriever": lotse_retriever,
    "lotse-answer": lotse_answer,
}
