using LifelongApi.Learning.State;

namespace LifelongApi.Learning;

/// <summary>Activity and scratch memory of one predict or one event at a time.</summary>
public sealed class PredictWorkspace : IDisposable
{
    internal PredictWorkspace(Layout layout) => (Activity, Scratch) = Allocate(layout);

    internal Arena Activity { get; private set; }

    internal Arena Scratch { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Activity.Dispose();
        Scratch.Dispose();
    }

    /// <summary>Reallocates where the model has grown since.</summary>
    internal void Fit(Layout layout)
    {
        if (Activity.Length != layout.LengthOf(Region.Activity) || Scratch.Length != layout.LengthOf(Region.Scratch))
        {
            Dispose();
            (Activity, Scratch) = Allocate(layout);
        }
    }

    /// <summary>Forgets what was noted for the event that was learned last.</summary>
    internal void Forget(Layout layout)
    {
        foreach (var memo in layout.Memos)
        {
            Scratch.Floats.Slice(memo.Offset, memo.Length).Clear();
        }
    }

    private static (Arena Activity, Arena Scratch) Allocate(Layout layout) =>
        (new Arena(layout.LengthOf(Region.Activity)), new Arena(layout.LengthOf(Region.Scratch)));
}
