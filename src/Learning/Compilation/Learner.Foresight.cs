using LifelongApi.Learning.Features;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Compilation;

/// <content>Events that come next, looked at together.</content>
public sealed partial class Learner
{
    /// <summary>Whether it pays to tell the learner what comes next.</summary>
    public bool LooksAhead => _foresights.Length > 0;

    /// <summary>Whether it pays to tell it now.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>True where nothing is foreseen.</returns>
    public bool WantsAhead(in StepContext step)
    {
        foreach (var foresight in _foresights)
        {
            if (!foresight.Pays(step))
            {
                return false;
            }
        }

        return _foresights.Length > 0;
    }

    /// <summary>Begins a look ahead.</summary>
    /// <param name="step">A learning step.</param>
    public void BeginAhead(in StepContext step)
    {
        foreach (var foresight in _foresights)
        {
            foresight.Forget(step);
        }
    }

    /// <summary>Takes note of an event that comes next. Writes scratch only.</summary>
    /// <param name="payload">The event.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Whether there was room for it.</returns>
    public bool Expect(in PayloadReader payload, in StepContext step)
    {
        var hasRoom = false;
        foreach (var foresight in _foresights)
        {
            hasRoom |= foresight.Add(_encoder, payload, step);
        }

        return hasRoom;
    }

    /// <summary>Computes what the events that come next have in common: one pass over the weights for all of them. Writes scratch only.</summary>
    /// <param name="step">A learning step.</param>
    public void LookAhead(in StepContext step)
    {
        foreach (var foresight in _foresights)
        {
            foresight.Look(step);
        }
    }
}
