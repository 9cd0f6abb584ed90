"""What flows: every record, the one rule of who may see what, and the contracts generated from them.

    record         made by                    read by
    Record         ReadRecords, ReadFromKafka DecodeRecord
    RawPage        DecodeRecord               ComposeArticle
    RawWire        DecodeRecord               ComposeArticle
    Article        ComposeArticle             every later stage and sink
    DeadLetter     what a stage rejects       WriteDeadLetters
    Event          publish                    readers

Imports the standard library, orjson and pyarrow; nothing of ours.
"""
