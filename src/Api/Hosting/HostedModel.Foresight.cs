namespace LifelongApi.Api.Hosting;

/// <content>Events that wait behind the one that is folded next.</content>
internal sealed partial class HostedModel
{
    /// <summary>Whether it pays to tell the model what comes next.</summary>
    public bool LooksAhead => _state.Model.LooksAhead;

    /// <summary>Tells the model what comes next: <see cref="LifelongApi.Learning.Model.Foresee"/>. The writer calls it.</summary>
    /// <param name="payloads">Payloads of the next events in order.</param>
    public void Foresee(ReadOnlySpan<ReadOnlyMemory<byte>> payloads)
    {
        _gate.EnterWrite();
        try
        {
            _state.Model.Foresee(payloads);
        }
        finally
        {
            _gate.ExitWrite();
        }
    }
}
