using System.Text.Json;
using LifelongApi.Contracts.Events;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Api.Hosting;

/// <summary>Tells one listener in the words of the wire what happened. Remembers the modulator levels it told last.</summary>
internal sealed class EventNarration(HostedModel model, IReadOnlySet<ModelEventType>? types)
{
    /// <summary>A level that moved less than this is not told.</summary>
    private const float Step = 0.05f;

    private readonly Dictionary<string, float> _told = [];

    /// <summary>What an item is to the listener: nothing, or one or more events.</summary>
    public IEnumerable<ModelEvent> Tell(FeedItem item)
    {
        foreach (var told in item.Version is null ? Tell(item.Event!, item.Outcome) : TellVersion(item))
        {
            if (IsWanted(told.Type))
            {
                yield return told;
            }
        }
    }

    /// <summary>What a gap is to the listener: always told, whatever it asked for.</summary>
    public static ModelEvent Tell(FeedGap gap) => new() { Type = ModelEventType.Dropped, Sequence = gap.To, From = gap.From, Count = gap.Count };

    private bool IsWanted(ModelEventType type) => types is null || types.Contains(type);

    private IEnumerable<ModelEvent> Tell(JournalEvent happened, ReadOnlyMemory<byte> bytes)
    {
        LearnResult? outcome = null;
        var consolidated = false;
        if (!bytes.IsEmpty)
        {
            (outcome, consolidated) = OutcomeCodec.Decode(bytes.Span, model.PlasticProjections, model.Modulators);
        }

        switch (happened.Kind)
        {
            case EventKind.Learned or EventKind.Observed or EventKind.Predicted or EventKind.FedBack:
                return TellExample(happened, outcome);
            case EventKind.TaskBegan or EventKind.TaskEnded:
                return
                [
                    new ModelEvent
                    {
                        Type = ModelEventType.Task,
                        Sequence = happened.Sequence,
                        Task = happened.Task,
                        Change = happened.Kind == EventKind.TaskBegan ? "began" : "ended",
                        Cause = Text(happened, "cause") ?? TaskTimeline.Given,
                        Consolidated = consolidated,
                    },
                ];
            case EventKind.Grew:
                return [new ModelEvent { Type = ModelEventType.Growth, Sequence = happened.Sequence, Classes = Number(happened, "classes") }];
            case EventKind.Slept:
                return [new ModelEvent { Type = ModelEventType.Sleep, Sequence = happened.Sequence, Cause = Text(happened, "cause"), Consolidated = consolidated }];
            case EventKind.Restored:
                return
                [
                    new ModelEvent
                    {
                        Type = ModelEventType.Restored,
                        Sequence = happened.Sequence,
                        Version = Number(happened, "version"),
                        Position = Number(happened, "lineage") is { } lineage ? new Position(lineage, happened.Sequence).ToString() : null,
                    },
                ];
            default:
                return [];
        }
    }

    private IEnumerable<ModelEvent> TellExample(JournalEvent happened, LearnResult? outcome)
    {
        if (outcome?.Drift is { Count: > 0 } detectors)
        {
            yield return new ModelEvent { Type = ModelEventType.Drift, Sequence = happened.Sequence, Detectors = detectors };
        }

        if (outcome?.Modulators is { } levels && IsWanted(ModelEventType.Modulators) && HaveMoved(levels))
        {
            yield return new ModelEvent { Type = ModelEventType.Modulators, Sequence = happened.Sequence, Levels = levels };
        }

        yield return new ModelEvent
        {
            Type = ModelEventType.Learned,
            Sequence = happened.Sequence,
            EventId = happened.EventId,
            Kind = happened.Kind,
            Task = happened.Task,
            Status = outcome?.Status,
            Prediction = outcome?.Prediction,
            Loss = outcome?.Loss,
            Reason = outcome?.Reason,
        };
    }

    private static IEnumerable<ModelEvent> TellVersion(FeedItem item) =>
    [
        new ModelEvent
        {
            Type = ModelEventType.Version,
            Sequence = item.Sequence,
            Version = item.Version!.Number,
            Cause = item.Version.Cause,
            Position = new Position(item.Version.Lineage, item.Version.Sequence).ToString(),
            StateHash = StateHashText.Of(item.Version.StateHash.Span),
        },
    ];

    private bool HaveMoved(IReadOnlyDictionary<string, float> levels)
    {
        var moved = _told.Count != levels.Count;
        foreach (var (name, level) in levels)
        {
            moved |= !_told.TryGetValue(name, out var told) || Math.Abs(level - told) >= Step;
        }

        if (moved)
        {
            foreach (var (name, level) in levels)
            {
                _told[name] = level;
            }
        }

        return moved;
    }

    private static string? Text(JournalEvent happened, string property)
    {
        using var document = JsonDocument.Parse(happened.Payload);
        return document.RootElement.TryGetProperty(property, out var value) ? value.GetString() : null;
    }

    private static int? Number(JournalEvent happened, string property)
    {
        using var document = JsonDocument.Parse(happened.Payload);
        return document.RootElement.TryGetProperty(property, out var value) && value.TryGetInt32(out var number) ? number : null;
    }
}
