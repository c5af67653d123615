namespace LifelongApi.Learning.Compilation;

/// <summary>A compiled program with working memory for those who run it, each with its own while it does. Nothing of a model is in it.</summary>
/// <param name="learner">The program.</param>
internal sealed class ModelProgram(Learner learner)
{
    private readonly Lock _lock = new();

    // What was used last is lent next: it is in the caches.
    private readonly Stack<PredictWorkspace> _idle = new();

    /// <summary>The program.</summary>
    public Learner Learner => learner;

    /// <summary>Working memory that nobody else uses now; what another model remembered in it is forgotten. Safe for any thread.</summary>
    /// <returns>The memory; give it to <see cref="Return"/>.</returns>
    public PredictWorkspace Rent()
    {
        PredictWorkspace? idle;
        lock (_lock)
        {
            _ = _idle.TryPop(out idle);
        }

        if (idle is null)
        {
            return new PredictWorkspace(learner.Layout);
        }

        idle.Forget(learner.Layout);
        return idle;
    }

    /// <summary>Takes working memory back. Safe for any thread.</summary>
    /// <param name="workspace">What <see cref="Rent"/> gave.</param>
    public void Return(PredictWorkspace workspace)
    {
        lock (_lock)
        {
            _idle.Push(workspace);
        }
    }

    /// <summary>Frees working memory. Nobody runs the program any more.</summary>
    public void Free()
    {
        lock (_lock)
        {
            while (_idle.TryPop(out var workspace))
            {
                workspace.Dispose();
            }
        }
    }
}
