using System.Buffers;
using System.Text.Json;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Cli.Rows;

/// <summary>Reads labelled examples one by one from a file and writes them as the wire's JSON without building objects in between.</summary>
internal abstract class RowReader : IAsyncDisposable
{
    private readonly Utf8JsonWriter _writer = new(Stream.Null);

    /// <summary>Number of the present row within the file, from 1.</summary>
    internal long Number { get; private protected set; }

    /// <summary>The present row's class; null: none.</summary>
    internal string? Label { get; private protected set; }

    /// <summary>The present row's numbers to predict; null: none.</summary>
    internal IReadOnlyList<double>? Target { get; private protected set; }

    /// <summary>The present row's task; null: none.</summary>
    internal string? Task { get; private protected set; }

    /// <summary>The present row's entity; null: none.</summary>
    internal string? Entity { get; private protected set; }

    /// <summary>When the present row happened, as the file says it; null: it does not.</summary>
    internal string? OccurredAt { get; private protected set; }

    /// <summary>Why the present row cannot be used; null: it can.</summary>
    internal string? Error { get; private protected set; }

    /// <summary>Share of the file read so far, 0 … 1.</summary>
    internal abstract double Fraction { get; }

    /// <summary>The input a model needs for such rows. Call after the first row was read.</summary>
    internal abstract InputSpec GuessInput();

    /// <summary>Reads the next row.</summary>
    /// <returns>False at the end of the file.</returns>
    internal abstract ValueTask<bool> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Writes the present row's features.</summary>
    internal abstract void WriteFeatures(Utf8JsonWriter writer);

    /// <summary>Writes the present row as one learn event.</summary>
    internal virtual void WriteEvent(IBufferWriter<byte> destination, string eventId)
    {
        _writer.Reset(destination);
        _writer.WriteStartObject();
        _writer.WriteString("eventId"u8, eventId);
        _writer.WritePropertyName("features"u8);
        WriteFeatures(_writer);
        if (Label is not null)
        {
            _writer.WriteString("label"u8, Label);
        }

        if (Target is [var only])
        {
            _writer.WriteNumber("target"u8, only);
        }
        else if (Target is not null)
        {
            _writer.WriteStartArray("target"u8);
            foreach (var number in Target)
            {
                _writer.WriteNumberValue(number);
            }

            _writer.WriteEndArray();
        }

        if (Task is not null)
        {
            _writer.WriteString("task"u8, Task);
        }

        if (Entity is not null)
        {
            _writer.WriteString("entity"u8, Entity);
        }

        if (OccurredAt is not null)
        {
            _writer.WriteString("occurredAt"u8, OccurredAt);
        }

        _writer.WriteEndObject();
        _writer.Flush();
    }

    /// <summary>Passes over rows.</summary>
    internal async Task SkipAsync(long count, CancellationToken cancellationToken)
    {
        for (var i = 0L; i < count && await ReadAsync(cancellationToken); i++)
        {
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
