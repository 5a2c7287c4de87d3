"""A class-based app: a quiz whose handlers are the marked methods of one class."""

import tomllib
from pathlib import Path
from typing import Any

import cpsl

app = cpsl.App(name="quiz")


@app.cls(image=cpsl.Image())
class Quiz:
    """Asks the questions of `questions.toml` one by one.

    The class is made once for each load of the code. What belongs to one conversation is in
    `session.data`, never on `self`.
    """

    def __init__(self) -> None:
        self.questions: list[dict[str, Any]] = []

    @cpsl.boot()
    def read_questions(self) -> None:
        """Read the questions, before the first message."""
        text = Path(__file__).with_name("questions.toml").read_text("utf-8")
        self.questions = tomllib.loads(text)["question"]

    @cpsl.enter()
    def begin(self, session: cpsl.Session) -> None:
        """Prepare a new conversation."""
        session.data.update(asked=0, right=0)

    @cpsl.message()
    async def answer(self, session: cpsl.Session, msg: cpsl.Message) -> None:
        """Judge the answer to the last question, if one was asked, and ask the next."""
        if msg.text.strip().lower() == "again":
            self.begin(session)
        elif 0 < session.data["asked"] <= len(self.questions):
            await session.reply(self.judge(session, msg.text))
        await session.reply(self.ask(session))

    @cpsl.exit()
    def say_goodbye(self, session: cpsl.Session) -> None:
        """Print the result when the session is deleted; the event log shows it."""
        print(f"{session.id}: {session.data['right']} right")

    def judge(self, session: cpsl.Session, text: str) -> str:
        """Say whether `text` answers the question that was asked last."""
        right = self.questions[session.data["asked"] - 1]["answer"]
        if text.strip().lower() == right.lower():
            session.data["right"] += 1
            return "Right!"
        return f"No, it is {right}."

    def ask(self, session: cpsl.Session) -> str:
        """Return the next question, or the result after the last."""
        asked = session.data["asked"]
        session.data["asked"] = asked + 1
        if asked < len(self.questions):
            return f"{asked + 1}. {self.questions[asked]['text']}"
        return f"{session.data['right']} of {len(self.questions)} right. Type `again` for more."
