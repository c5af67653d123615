namespace LifelongApi.Learning;

/// <summary>Activity and scratch memory of one predict at a time.</summary>
public sealed class PredictWorkspace : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
