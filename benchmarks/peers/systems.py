"""The systems measured: each is opened on the same passages and vectors, and gives the sources for a question.

Libraries are imported where they are used, so that a process holds one system alone.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

Search = Callable[[str, str], list[str]]  # a question and its language → sources, best first

DEEP = 50  # passages a system brings: some sources have sixty, and three sources are judged
PARTS: Counter[str] = Counter()  # seconds of processor time by part of a system; a part within another counts in both


def sources(found: Iterable[str]) -> list[str]:
    """Each source once, at its best passage's place."""
    return list(dict.fromkeys(found))


def timed(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, adding the processor time of its thread to a part."""

    def call(*args: Any, **kwargs: Any) -> Any:
        started = time.thread_time()
        try:
            return function(*args, **kwargs)
        finally:
            PARTS[part] += time.thread_time() - started

    return call


def _watch(owner: Any, method: str, part: str) -> None:
    object.__setattr__(owner, method, timed(part, getattr(owner, method)))  # some are pydantic models and refuse it


def _given(folder: Path) -> tuple[list[dict[str, str]], Any]:
    return json.loads((folder / "passages.json").read_text()), np.load(folder / "vectors.npy")


def _encoder(model: Path) -> Callable[[str], Any]:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    encoder = SentenceTransformer(str(model), device="cpu")
    return timed(
        "encode",
        lambda text: encoder.encode(f"query: {text}", normalize_embeddings=True, show_progress_bar=False),
    )


def _flat(folder: Path, encode: Callable[[str], Any]) -> Search:
    import faiss

    passages, vectors = _given(folder)
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    _watch(index, "search", "vectors")

    def search(question: str, _: str) -> list[str]:
        _scores, rows = index.search(encode(question).reshape(1, -1), DEEP)
        return sources(passages[row]["source"] for row in rows[0])

    return search


def plain(folder: Path, model: Path) -> Search:
    """What a tutorial writes: sentence-transformers and a flat FAISS index."""
    return _flat(folder, _encoder(model))


def plain_served(folder: Path, _model: Path) -> Search:
    """The same script with the model as Lotse serves it: what of the difference is the model's serving."""
    from assistant.house import serving_encoder
    from assistant.settings import Settings

    encoder = serving_encoder(Settings(threads=1))
    return _flat(folder, timed("encode", lambda text: encoder.encode_queries([text])))


def haystack(folder: Path, model: Path) -> Search:
    """Haystack's hybrid pipeline over its in-memory store: BM25 and embeddings, joined by reciprocal rank."""
    from haystack.components.retrievers import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    documents = _documents(folder)
    store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
    store.write_documents(documents)
    return _haystack(store, InMemoryEmbeddingRetriever(store, top_k=DEEP), _encoder(model))


def haystack_faiss(folder: Path, model: Path) -> Search:
    """The same with vectors in Haystack's FAISS store; its in-memory store finds by words alone."""
    import faiss
    from haystack import Document
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.retrievers.faiss import FAISSEmbeddingRetriever
    from haystack_integrations.document_stores.faiss import FAISSDocumentStore

    documents = _documents(folder)
    faiss.omp_set_num_threads(1)
    vectors = FAISSDocumentStore(embedding_dim=len(documents[0].embedding))
    vectors.write_documents(documents)
    words = InMemoryDocumentStore()
    words.write_documents([Document(id=d.id, content=d.content, meta=d.meta) for d in documents])
    return _haystack(words, FAISSEmbeddingRetriever(document_store=vectors, top_k=DEEP), _encoder(model))


def _documents(folder: Path) -> list[Any]:
    from haystack import Document

    passages, vectors = _given(folder)
    return [
        Document(id=str(at), content=p["text"], meta={"source": p["source"]}, embedding=vector.tolist())
        for at, (p, vector) in enumerate(zip(passages, vectors, strict=True))
    ]


def _haystack(words: Any, meaning: Any, encode: Callable[[str], Any]) -> Search:
    from haystack import Pipeline, component
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers import InMemoryBM25Retriever

    @component
    class TextEmbedder:
        @component.output_types(embedding=list[float])
        def run(self, text: str) -> dict[str, Any]:
            return {"embedding": encode(text).tolist()}

    _watch(words, "bm25_retrieval", "words")
    store = meaning.document_store
    _watch(store, "search" if hasattr(store, "search") else "embedding_retrieval", "vectors")
    pipeline = Pipeline()
    pipeline.add_component("embedder", TextEmbedder())
    pipeline.add_component("meaning", meaning)
    pipeline.add_component("words", InMemoryBM25Retriever(words, top_k=DEEP))
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
    from llama_index.core.vector_stores import SimpleVectorStore

    return _llamaindex(folder, _encoder(model), SimpleVectorStore())


def llamaindex_faiss(folder: Path, model: Path) -> Search:
    """The same with vectors in its FAISS store."""
    import faiss
    from llama_index.vector_stores.faiss import FaissVectorStore

    faiss.omp_set_num_threads(1)
    dimension = np.load(folder / "vectors.npy", mmap_mode="r").shape[1]
    return _llamaindex(folder, _encoder(model), FaissVectorStore(faiss_index=faiss.IndexFlatIP(dimension)))


def _llamaindex(folder: Path, encode: Callable[[str], Any], store: Any) -> Search:
    import Stemmer
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    class Encoder(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return encode(query).tolist()

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            raise ValueError("passages come with their vectors")

    passages, vectors = _given(folder)
    nodes = [
        # Names of sources are no text: else BM25 would find them.
        TextNode(
            id_=str(at),
            text=p["text"],
            metadata={"source": p["source"]},
            excluded_embed_metadata_keys=["source"],
            embedding=vector.tolist(),
        )
        for at, (p, vector) in enumerate(zip(passages, vectors, strict=True))
    ]
    index = VectorStoreIndex(
        nodes, embed_model=Encoder(), storage_context=StorageContext.from_defaults(vector_store=store)
    )
    words = BM25Retriever.from_defaults(
        nodes=nodes, similarity_top_k=DEEP, language="german", stemmer=Stemmer.Stemmer("german")
    )
    _watch(index.vector_store, "query", "vectors")
    _watch(words, "_retrieve", "words")
    fused = QueryFusionRetriever(
        [index.as_retriever(similarity_top_k=DEEP), words],
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
    _watch(embeddings.ann, "search", "vectors")
    _watch(embeddings.scoring, "search", "words")
    return lambda question, _: sources(passages[row]["source"] for row, _score in embeddings.search(question, DEEP))


def lotse_retriever(_folder: Path, _model: Path) -> Search:
    """Lotse as a library: its retriever alone."""
    from assistant.house import open_retriever
    from assistant.languages import tell_language
    from assistant.settings import Settings
    from index.types import Query

    _watch_lotse()
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

    _watch_lotse()
    assistant = open_assistant(Settings(threads=1))

    def search(question: str, _: str) -> list[str]:
        answer = assistant.respond(Conversation(), question).answer
        shown = [f"page/{id}" for id in answer.pages] + [f"offer/{card.id}" for card in answer.offers]
        shown += [f"actor/{card.id}" for card in answer.actors]
        return sources([answer.lead, *shown] if answer.lead else shown)

    return search


def _watch_lotse() -> None:
    from index.encoder import OnnxEncoder
    from index.faiss_store import FlatStore
    from index.lexical import LexicalIndex

    for owner, method, part in (
        (OnnxEncoder, "encode_queries", "encode"),
        (FlatStore, "search", "vectors"),
        (LexicalIndex, "scores", "words"),
    ):
        setattr(owner, method, timed(part, getattr(owner, method)))


OURS: dict[str, Callable[[Path, Path], Search]] = {  # in the project's environment
    "lotse-retriever": lotse_retriever,
    "lotse-answer": lotse_answer,
    "plain-served": plain_served,
}
PEERS: dict[str, Callable[[Path, Path], Search]] = {  # in an environment of their own
    "plain": plain,
    "txtai": txtai,
    "haystack": haystack,
    "haystack-faiss": haystack_faiss,
    "llamaindex": llamaindex,
    "llamaindex-faiss": llamaindex_faiss,
}
SYSTEMS = OURS | PEERS
