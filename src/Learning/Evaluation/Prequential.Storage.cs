using LifelongApi.Learning.Evaluation.Quality;

namespace LifelongApi.Learning.Evaluation;

/// <summary>The stored form of the statistics.</summary>
public sealed partial class Prequential
{
    /// <summary>Without the drift log and what the kappas are made of.</summary>
    private const byte FirstFormat = 1;

    /// <summary>Without what <see cref="LabelQuality"/> and <see cref="ValueQuality"/> keep.</summary>
    private const byte SecondFormat = 2;

    /// <summary>Without errors by output.</summary>
    private const byte ThirdFormat = 3;

    /// <summary>Without the delay of labels.</summary>
    private const byte FourthFormat = 4;
    private const byte Format = 5;

    /// <summary>The statistics as bytes.</summary>
    /// <returns>What <see cref="Read"/> takes.</returns>
    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Format);
        writer.Write(IsClassifier);
        writer.Write(_ring.Length);
        writer.Write(_scored);
        for (var i = 0; i < WindowCount; i++)
        {
            writer.Write(_ring[i].IsRight);
            writer.Write(IsClassifier ? _ring[i].LogLoss : _ring[i].AbsoluteError);
            writer.Write(_ring[i].SquaredError);
        }

        _total.Write(writer);
        writer.Write(_consolidations);
        foreach (var status in _statuses)
        {
            writer.Write(status);
        }

        writer.Write(_classes.Length);
        foreach (var totals in _classes)
        {
            totals.Write(writer);
        }

        writer.Write(_taskOrder.Count);
        foreach (var task in _taskOrder)
        {
            writer.Write(task);
            _tasks[task].Write(writer);
        }

        _baselines.Write(writer);
        Drift.Write(writer);
        if (IsClassifier)
        {
            _agreement.Write(writer, WindowCount);
            _labelQuality.Write(writer);
        }
        else
        {
            _valueQuality.Write(writer);
            writer.Write(_outputs.Length);
            foreach (var totals in _outputs)
            {
                totals.Write(writer);
            }
        }

        Delay.Write(writer);

        return stream.ToArray();
    }

    /// <summary>Reads statistics.</summary>
    /// <param name="bytes">What <see cref="Write"/> gave.</param>
    /// <returns>The statistics.</returns>
    /// <exception cref="InvalidDataException">The bytes are something else.</exception>
    public static Prequential Read(ReadOnlySpan<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray(), writable: false));
        var format = bytes.IsEmpty ? (byte)0 : reader.ReadByte();
        if (format is not (FirstFormat or SecondFormat or ThirdFormat or FourthFormat or Format))
        {
            throw new InvalidDataException("The stored statistics have an unknown format.");
        }

        try
        {
            return ReadBody(reader, format);
        }
        catch (EndOfStreamException reason)
        {
            throw new InvalidDataException("The stored statistics end early.", reason);
        }
        catch (FormatException reason)
        {
            throw new InvalidDataException("The stored statistics hold a number that is none.", reason);
        }
    }

    private static Prequential ReadBody(BinaryReader reader, byte format)
    {
        var isFirst = format == FirstFormat;
        var isClassifier = reader.ReadBoolean();
        var statistics = new Prequential(isClassifier, Math.Clamp(reader.ReadInt32(), 1, MaxWindow)) { _scored = reader.ReadInt64() };
        if (statistics._scored < 0)
        {
            throw new InvalidDataException("The stored statistics count fewer than no events.");
        }

        for (var i = 0; i < statistics.WindowCount; i++)
        {
            var isRight = reader.ReadBoolean();
            var first = reader.ReadDouble();
            var squared = reader.ReadDouble();
            statistics._ring[i] = isClassifier ? new Score(isRight, first, 0, squared) : new Score(isRight, 0, first, squared);
        }

        statistics._total = MetricTotals.Read(reader);
        statistics._consolidations = reader.ReadInt64();
        for (var i = 0; i < statistics._statuses.Length; i++)
        {
            statistics._statuses[i] = reader.ReadInt64();
        }

        statistics._classes = new MetricTotals[StoredCount.Read(reader, 40)];
        for (var i = 0; i < statistics._classes.Length; i++)
        {
            statistics._classes[i] = MetricTotals.Read(reader);
        }

        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            var task = reader.ReadString();
            statistics._taskOrder.Add(task);
            statistics._tasks[task] = MetricTotals.Read(reader);
        }

        statistics._baselines = Baselines.Read(reader);
        if (!isFirst)
        {
            statistics.Drift.Read(reader);
        }

        if (isClassifier)
        {
            statistics._agreement = isFirst
                ? Agreement.Unknown(statistics._ring.Length, statistics.WindowCount)
                : Agreement.Read(reader, statistics._ring.Length, statistics.WindowCount);
        }

        if (format >= ThirdFormat && isClassifier)
        {
            statistics._labelQuality = LabelQuality.Read(reader, statistics._ring.Length);
        }
        else if (format >= ThirdFormat)
        {
            statistics._valueQuality = ValueQuality.Read(reader, statistics._ring.Length);
        }

        if (format >= FourthFormat && !isClassifier)
        {
            statistics._outputs = new MetricTotals[StoredCount.Read(reader, 40)];
            for (var i = 0; i < statistics._outputs.Length; i++)
            {
                statistics._outputs[i] = MetricTotals.Read(reader);
            }
        }

        if (format >= Format)
        {
            statistics.Delay.Read(reader);
        }

        return statistics;
    }
}
